import type { GrowthResult } from '../measure/growth.ts'
import { thousands } from './markdown.ts'

const panel = { width: 360, height: 240, left: 70, top: 40, gap: 90, bottom: 60 } as const
const colours = ['#1b6ca8', '#d1661b', '#3a8f3a', '#8a4fb0'] as const

type Panel = { readonly title: string; readonly value: (result: GrowthResult) => number }

const panels: readonly Panel[] = [
  { title: 'lines counted a second', value: ({ linesPerSecond }) => linesPerSecond },
  { title: 'peak memory of all processes, MB', value: ({ peakMb }) => peakMb },
]

export function plotOf(growth: readonly GrowthResult[]): string {
  const width = 2 * (panel.left + panel.width) + panel.gap
  const height = panel.top + panel.height + panel.bottom
  const drawn = panels.map((each, i) => drawPanel(each, growth, i * (panel.left + panel.width + panel.gap)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>Speed and memory of counting, by number of books and partitions</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...drawn,
    legend(growth, height - 10),
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel({ title, value }: Panel, growth: readonly GrowthResult[], offset: number): string {
  const books = distinct(growth.map((result) => result.books))
  const top = axisMaximum(Math.max(...growth.map(value)))
  const x = (number: number) =>
    panel.left + (panel.width * books.indexOf(number)) / Math.max(1, books.length - 1)
  const y = (number: number) => panel.top + panel.height * (1 - number / top)
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top)
  const grid = ticks.map(
    (tick) =>
      `<path d="M${panel.left} ${y(tick)}h${panel.width}" stroke="#ddd"/><text x="${panel.left - 6}" y="${y(tick) + 4}" text-anchor="end">${thousands(tick)}</text>`,
  )
  const labels = books.map(
    (number) =>
      `<text x="${x(number)}" y="${panel.top + panel.height + 18}" text-anchor="middle">${thousands(number)} books</text>`,
  )
  const lines = distinct(growth.map(({ partitions }) => partitions)).map((partitions, i) => {
    const points = growth
      .filter((result) => result.partitions === partitions)
      .map((result) => `${x(result.books).toFixed(1)},${y(value(result)).toFixed(1)}`)
    const dots = points.map(
      (point) =>
        `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${colourOf(i)}"/>`,
    )
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colourOf(i)}" stroke-width="2"/>${dots.join('')}`
  })
  const heading = `<text x="${panel.left}" y="24" font-weight="bold">${title}</text>`
  return `<g transform="translate(${offset} 0)">${[heading, ...grid, ...labels, ...lines].join('\n')}</g>`
}

function legend(growth: readonly GrowthResult[], y: number): string {
  return distinct(growth.map(({ partitions }) => partitions))
    .map((partitions, i) => {
      const x = panel.left + i * 110
      const name = `${partitions} partition${partitions === 1 ? '' : 's'}`
      return `<path d="M${x} ${y - 4}h18" stroke="${colourOf(i)}" stroke-width="2"/><text x="${x + 24}" y="${y}">${name}</text>`
    })
    .join('\n')
}

function colourOf(i: number): string {
  return colours[i % colours.length]!
}

function distinct(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

/** Rounds up to 1, 2, 2.5 or 5 times a power of ten. */
function axisMaximum(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 2.5, 5].find((step) => step * power >= value) ?? 10)
}

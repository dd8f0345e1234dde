import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { createMetrics, embeddedMetrics, metricUnits, noMetrics } from '../../../lib/metrics.ts'

/** Parses a log line and checks it (CloudWatch user guide, "Specification: Embedded metric format"). */
const schema = {
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      properties: {
        Timestamp: { type: 'integer', minimum: 1_000_000_000_000 },
        CloudWatchMetrics: {
          type: 'array',
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: { type: 'string', pattern: '^[0-9A-Za-z.\\-_/#:]{1,255}$' },
              Dimensions: {
                type: 'array',
                minItems: 1,
                items: { type: 'array', maxItems: 30, items: { type: 'string', minLength: 1 } },
              },
              Metrics: {
                type: 'array',
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name'],
                  additionalProperties: false,
                  properties: {
                    Name: { type: 'string', minLength: 1, maxLength: 1024 },
                    Unit: { enum: ['Count', 'Milliseconds'] },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}

type Directive = { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }

function parsed(line: string) {
  const document = JSON.parse(line) as Record<string, unknown> & {
    _aws: { CloudWatchMetrics: Directive[] }
  }
  const ajv = new Ajv({ allErrors: true })
  assert.ok(ajv.validate(schema, document), ajv.errorsText())
  for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
    for (const name of Dimensions.flat()) assert.equal(typeof document[name], 'string', name)
    for (const { Name } of Metrics) assert.equal(typeof document[Name], 'number', Name)
  }
  return document
}

describe('metrics', () => {
  it('conform to the specification, with a value and a unit for each name', () => {
    const all = Object.fromEntries(Object.keys(metricUnits).map((name, i) => [name, i + 1]))
    const document = parsed(embeddedMetrics('BookCounts/prod', 'count', all, 1_780_000_000_000))
    const [directive] = document._aws.CloudWatchMetrics
    assert.deepEqual(
      Object.fromEntries(directive!.Metrics.map(({ Name, Unit }) => [Name, Unit])),
      metricUnits,
    )
    assert.equal(directive?.Namespace, 'BookCounts/prod')
    assert.equal(document.Function, 'count')
    assert.equal(document.LinesCounted, 1)
  })

  it('omit zeros and values that are not numbers', () => {
    const values = { LinesCounted: 3, Takeovers: 0, BatchAge: Number.NaN }
    const document = parsed(embeddedMetrics('BookCounts/prod', 'count', values, 1_780_000_000_000))
    assert.deepEqual(Object.keys(document), ['_aws', 'Function', 'LinesCounted'])
  })

  it('are written as one line, with the current time', () => {
    const lines: string[] = []
    const before = Date.now()
    createMetrics('ingest', 'BookCounts/prod', (line) => lines.push(line)).put({ LinesIngested: 7 })
    assert.match(lines.join(), /^\{[^\n]*\}\n$/)
    const { _aws } = parsed(lines.join()) as unknown as { _aws: { Timestamp: number } }
    assert.ok(_aws.Timestamp >= before && _aws.Timestamp <= Date.now())
  })

  it('are disabled without a namespace, as on a local machine', () => {
    assert.equal(createMetrics('count', undefined, assert.fail), noMetrics)
  })
})

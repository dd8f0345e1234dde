import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDeployment } from '../../../deploy/settings.ts'
import { workflow } from '../../../deploy/workflow.ts'
import { exampleSettings } from '../../harness/rendered-stage.ts'

type States = Readonly<Record<string, { readonly Type: string; readonly Next?: string }>>

test('a book that failed ends in a task, because a redrive does not repeat a Fail state', () => {
  const { BackfillWorkflow } = workflow(readDeployment(exampleSettings('msk-iam'), 'prod'))
  const { Definition } = BackfillWorkflow!.Properties as {
    readonly Definition: {
      readonly States: { readonly EachBook: { readonly ItemProcessor: { readonly States: States } } }
    }
  }
  const { Ingest, AsAnUpload, IngestAgain } = Definition.States.EachBook.ItemProcessor.States
  assert.deepEqual(
    [Ingest, AsAnUpload, IngestAgain].map((state) => state?.Type),
    ['Task', 'Task', 'Task'],
  )
  assert.equal(AsAnUpload?.Next, 'IngestAgain')
  assert.equal(IngestAgain?.Next, undefined)
})

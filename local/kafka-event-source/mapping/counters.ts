/** AWS's metrics (page `monitoring-metrics-types`). `…EventCount` counts records. */
export type Counters = ReturnType<typeof noCounts>

export function noCounts() {
  return {
    PolledEventCount: 0,
    FilteredOutEventCount: 0,
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    CommittedEventCount: 0,
    PollingErrorCount: 0,
    InvokeErrorCount: 0,
    OnFailureDestinationDeliveryErrorCount: 0,
    CommitErrorCount: 0,
    SchemaRegistryErrorCount: 0,
  }
}

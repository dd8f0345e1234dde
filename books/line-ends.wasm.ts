// Compiled from line-ends.wat by test/harness/compile-wasm.ts.
// biome-ignore format: generated
export const wasm =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQQBAQYGBxECBm1lbW9yeQIABGZpbmQAAAppAWcDAX8BewF/AkADQCACIABPDQEgAv0ABAAh' +
  'AyADQQr9D/0jIANBDf0P/SP9UP1kIQQCQANAIARFDQEgASACIARoajYCACABQQRqIQEgBCAEQQFrcSEEDAALCyACQRBqIQIMAAsL' +
  'IAEL'

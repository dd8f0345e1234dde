import { ref } from './cloud-formation.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

/** Where packaging puts the layer that it makes. */
export const layerArtifact = (architecture: string) => `.build/kafka-client-${architecture}.zip`

/** The layer with the native Kafka client: `layers` of the functions, and its definition unless there is a version of it. */
export function clientLayer({ stage, isLocal, architecture, clientLayer }: Deployment) {
  if (isLocal) return { layers: [], layerDefinitions: {} }
  if (clientLayer?.startsWith('arn:')) return { layers: [clientLayer], layerDefinitions: {} }
  return {
    layers: [ref('KafkaClientLambdaLayer')],
    layerDefinitions: {
      kafkaClient: {
        name: `${service}-${stage}-kafka-client`,
        description: 'librdkafka for Node.js',
        package: { artifact: clientLayer ?? layerArtifact(architecture) },
        compatibleRuntimes: ['nodejs22.x'],
        compatibleArchitectures: [architecture],
      },
    },
  }
}

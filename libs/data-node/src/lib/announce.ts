import { PubSubClosedError, type Message, type PubSub } from '@distributed-cache/pubsub';

/**
 * Publishes, unless the PubSub has been closed: a node that outlives it has nobody left to tell, and what it publishes
 * from a timer must not bring the process down while that shuts down.
 */
export function announce(pubsub: PubSub, message: Message): void {
  try {
    pubsub.publish(message);
  } catch (error) {
    if (!(error instanceof PubSubClosedError)) throw error;
  }
}

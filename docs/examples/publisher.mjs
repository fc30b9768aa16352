// Publishes learning events to LMS Activity Sync. It reads one JSON object per line from standard input.
//
// In Azure, set LMS_EVENTS_ACCOUNT to the name of the storage account, and give the program an identity with the
// publisher's role. On your machine, set LMS_EVENTS_CONNECTION_STRING to the local stack's connection string.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { DefaultAzureCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";

const QUEUE = "lms-events";
// In bytes of JSON. As base64, that's 64 KiB, and a message can't hold more.
const LARGEST = 48 * 1024;

/** Make one client for the whole program. It retries by itself when storage doesn't answer. */
export function connect() {
  const local = process.env.LMS_EVENTS_CONNECTION_STRING;
  if (local) {
    return new QueueClient(local, QUEUE);
  }
  const account = process.env.LMS_EVENTS_ACCOUNT;
  return new QueueClient(`https://${account}.queue.core.windows.net/${QUEUE}`, new DefaultAzureCredential());
}

/** Return once storage has the event. If this throws, keep the event and publish it again later, unchanged. */
export async function publish(queue, event) {
  const body = Buffer.from(JSON.stringify(event)); // may have any characters, so it's sent as base64
  if (body.length > LARGEST) {
    throw new RangeError(`event ${event.eventId}: ${body.length} bytes, but the limit is ${LARGEST}`);
  }
  await queue.sendMessage(body.toString("base64"), { messageTimeToLive: -1 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const queue = connect();
  for await (const line of createInterface({ input: process.stdin })) {
    await publish(queue, JSON.parse(line));
  }
}

// Publishes learning events to LMS Activity Sync, one JSON object a line from standard input.
//
// In Azure, LMS_EVENTS_ACCOUNT names the storage account, and the program has an identity with the publisher's role. On
// your machine, LMS_EVENTS_CONNECTION_STRING is that of the local stack.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { DefaultAzureCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";

const QUEUE = "lms-events";
// In bytes of JSON. Base64 makes 64 KiB of them, and a message holds no more.
const LARGEST = 48 * 1024;

/** Make one client for the whole program. It tries again by itself when storage does not answer. */
export function connect() {
  const local = process.env.LMS_EVENTS_CONNECTION_STRING;
  if (local) {
    return new QueueClient(local, QUEUE);
  }
  const account = process.env.LMS_EVENTS_ACCOUNT;
  return new QueueClient(`https://${account}.queue.core.windows.net/${QUEUE}`, new DefaultAzureCredential());
}

/** Return once storage has the event. If this throws, keep the event and publish it again later, as it is. */
export async function publish(queue, event) {
  const body = Buffer.from(JSON.stringify(event)); // may hold any characters, so it is sent as base64
  if (body.length > LARGEST) {
    throw new RangeError(`event ${event.eventId}: ${body.length} bytes are more than ${LARGEST}`);
  }
  await queue.sendMessage(body.toString("base64"), { messageTimeToLive: -1 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const queue = connect();
  for await (const line of createInterface({ input: process.stdin })) {
    await publish(queue, JSON.parse(line));
  }
}

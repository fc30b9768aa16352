"""Tests of intake: each message body becomes an event, a batch, or a clear refusal."""

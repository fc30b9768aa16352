"""Every text becomes an event, a batch, or a clear refusal."""

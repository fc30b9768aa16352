"""Dead letters: operators list them, put them back on the inbound queue, or delete them."""

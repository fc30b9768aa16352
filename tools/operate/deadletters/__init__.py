"""Dead letters for operators: see them, put them back on the inbound queue, remove them."""

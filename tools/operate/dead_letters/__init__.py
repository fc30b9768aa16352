"""Dead letters: operators list them, look at them, redrive them, or delete them."""

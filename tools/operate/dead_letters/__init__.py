"""Dead letters: operators list, show, redrive, purge or export them."""

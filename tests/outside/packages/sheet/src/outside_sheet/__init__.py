"""A renderer whose documents are the files inside them: nothing is drawn, so that a batch takes no time."""

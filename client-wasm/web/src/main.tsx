// Where the pages start.

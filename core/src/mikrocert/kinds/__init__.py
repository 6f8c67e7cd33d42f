"""The kinds of plugins, one file each: what each is asked, and what it never sees."""

"""The web portal of mikrocert.

`plugin` registers, `serving` is the command `mikrocert serve`, `app` puts the application together, `routes` answers,
`verdicts` decides what the band of a report says, `pages` renders. The words are in the templates of
`mikrocert-templates` and in `locale/`.
"""

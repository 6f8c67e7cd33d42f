"""The interface for programs, `/api/v1`.

`frame` lets requests in and answers them, `operations` says what there is and `document` makes the OpenAPI document and
its page of that; `verifying`, `credentials` and `awards` ask the core. What goes wrong is a `problem` (RFC 9457).
"""

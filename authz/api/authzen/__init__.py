"""The OpenID AuthZEN Authorization API 1.0: each practice is a policy decision point of its own."""

"""The ports in memory: what stands behind the application where only the application is tested.

They keep what they are given and do no more than the protocols of `deployments.web.ports` say.
A test that needs one of them to fail sets `error`.
"""

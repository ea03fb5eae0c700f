"""`facegraph capacity`: what machines a load takes, from figures that the bench measured."""

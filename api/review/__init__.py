"""What output checkers decide."""

# image/

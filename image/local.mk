# image/: what is inside a flash image. Uses common/ only.
noinst_LIBRARIES += image/libimage.a
image_libimage_a_SOURCES = \
	%D%/awih.c %D%/awih.h \
	%D%/device_id.c %D%/device_id.h \
	%D%/diff.c %D%/diff.h \
	%D%/exif.c %D%/exif.h \
	%D%/faults.c %D%/faults.h \
	%D%/fdcm.c %D%/fdcm.h \
	%D%/forms.c %D%/forms.h \
	%D%/found.c %D%/found.h \
	%D%/graft.c %D%/graft.h %D%/graft_part.c \
	%D%/image.h \
	%D%/judge.c \
	%D%/map.c \
	%D%/photo_jpeg.c %D%/photo_jpeg.h \
	%D%/plan.c %D%/plan.h \
	%D%/redact.c %D%/redact.h \
	%D%/secrets.c %D%/secrets.h \
	%D%/shrink.c %D%/shrink.h \
	%D%/strings.c %D%/strings.h
IMAGE_LIBS = image/libimage.a -lm

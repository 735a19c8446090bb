# man/: mdoc pages, one per program and file format.
dist_man_MANS += \
	%D%/camherd.1 \
	%D%/camherd.7 \
	%D%/camherd.conf.5 \
	%D%/flashd.8 \
	%D%/streamd.8 \
	%D%/webd.8

# streamd/: one event loop; only desk.c and main.c use db/.
noinst_LIBRARIES += streamd/libstream.a
streamd_libstream_a_SOURCES = \
	%D%/frame.c %D%/frame.h \
	%D%/hub.c %D%/hub.h %D%/hub_feed.h \
	%D%/jpeg.c %D%/jpeg.h %D%/jpeg_tables.h
STREAM_LIBS = streamd/libstream.a common/libcommon.a $(EVENT_LIBS) $(INIH_LIBS) \
	$(CURL_LIBS) $(AV_LIBS) $(JPEG_LIBS)

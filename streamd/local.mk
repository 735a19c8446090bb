# streamd/: one event loop; only desk.c and main.c use db/.
noinst_LIBRARIES += streamd/libstream.a
streamd_libstream_a_SOURCES = \
	%D%/frame.c %D%/frame.h \
	%D%/hub.c %D%/hub.h %D%/hub_feed.h \
	%D%/jpeg.c %D%/jpeg.h %D%/jpeg_tables.h
STREAM_LIBS = streamd/libstream.a common/libcommon.a $(EVENT_LIBS) $(INIH_LIBS) \
	$(CURL_LIBS) $(AV_LIBS) $(JPEG_LIBS) $(SODIUM_LIBS)

# Outputs.
streamd_libstream_a_SOURCES += \
	%D%/outputs/rtcp.c %D%/outputs/rtcp.h \
	%D%/outputs/rtp_h264.c %D%/outputs/rtp_h264.h \
	%D%/outputs/rtp_jpeg.c %D%/outputs/rtp_jpeg.h \
	%D%/outputs/rtp_pack.c %D%/outputs/rtp_pack.h \
	%D%/outputs/rtsp_auth.c %D%/outputs/rtsp_auth.h \
	%D%/outputs/rtsp_parse.c %D%/outputs/rtsp_parse.h \
	%D%/outputs/rtsp_sdp.c %D%/outputs/rtsp_sdp.h \
	%D%/outputs/rtsp_transport.c %D%/outputs/rtsp_transport.h

# appliance/: what concerns all of it at once: the archive, the doctor, diagnostics.
noinst_LIBRARIES += appliance/libappliance.a
appliance_libappliance_a_SOURCES = \
	%D%/doctor.c %D%/doctor.h %D%/doctor_parts.h \
	%D%/doctor_herd.c %D%/doctor_machine.c %D%/doctor_net.c \
	%D%/logs.c %D%/logs.h \
	%D%/load.c %D%/load.h %D%/load_parts.h \
	%D%/plan.c \
	%D%/report.c %D%/report.h \
	%D%/save.c %D%/save.h \
	%D%/secrets.c %D%/secrets.h \
	%D%/seal.c %D%/seal.h \
	%D%/tar.c %D%/tar.h
APPLIANCE_LIBS = appliance/libappliance.a $(DB_LIBS) $(COMMON_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

# dist/: what a distribution installs beside the programs, and dist/setup.sh, which
# quickstart.sh and check.sh share.
EXTRA_DIST += %D%/setup.sh %D%/hardening.conf

dist_made = \
	%D%/camherd-dbupgrade.service \
	%D%/camherd-flashd.service \
	%D%/camherd-streamd.service \
	%D%/camherd-webd.service \
	%D%/camherd.conf \
	%D%/sysusers.conf \
	%D%/tmpfiles.conf
EXTRA_DIST += $(dist_made:=.in)
CLEANFILES += $(dist_made)

# @NAME@ becomes a folder as configure was told; @hardening@ the common lines.
$(dist_made): %: %.in $(srcdir)/dist/hardening.conf Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed \
		-e '/^@hardening@$$/{' -e 'r $(srcdir)/dist/hardening.conf' -e 'd' -e '}' \
		-e 's|@bindir[@]|$(bindir)|g' -e 's|@libexecdir[@]|$(libexecdir)|g' \
		-e 's|@pkgdatadir[@]|$(pkgdatadir)|g' \
		-e 's|@statedir[@]|$(localstatedir)/lib/camherd|g' \
		-e 's|@rundir[@]|$(runstatedir)/camherd|g' \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@

dist_systemdsystemunit_DATA = %D%/camherd.target
nodist_systemdsystemunit_DATA = \
	%D%/camherd-dbupgrade.service %D%/camherd-flashd.service \
	%D%/camherd-streamd.service %D%/camherd-webd.service
dist_udevrules_DATA = %D%/70-camherd.rules

# The files of sysusers.d and tmpfiles.d are called camherd.conf there, and a camherd.conf
# that somebody has changed stays as it is.
all-local: $(dist_made)
confdir = $(sysconfdir)/camherd
install-data-local: $(dist_made)
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)" "$(DESTDIR)$(confdir)/conf.d"
	$(INSTALL_DATA) dist/sysusers.conf "$(DESTDIR)$(sysusersdir)/camherd.conf"
	$(INSTALL_DATA) dist/tmpfiles.conf "$(DESTDIR)$(tmpfilesdir)/camherd.conf"
	test -e "$(DESTDIR)$(confdir)/camherd.conf" || \
		$(INSTALL) -m 644 dist/camherd.conf "$(DESTDIR)$(confdir)/camherd.conf"
uninstall-local:
	rm -f "$(DESTDIR)$(sysusersdir)/camherd.conf" "$(DESTDIR)$(tmpfilesdir)/camherd.conf"
	! cmp -s dist/camherd.conf "$(DESTDIR)$(confdir)/camherd.conf" || \
		rm -f "$(DESTDIR)$(confdir)/camherd.conf"

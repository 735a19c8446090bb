# Turns the migrations given as arguments, in their order, into a C array.
BEGIN { print "/* Made from db/migrations by db/sql2c.awk. */"
	print "#include \"db/migrate.h\"\n\nconst struct migration migrations[] = {" }
FNR == 1 {
	if (NR > 1) print "\t\"\" },"
	n = FILENAME; sub(/.*\//, "", n)
	printf "\t{ %d, \"%s\",\n", n + 0, n
}
{
	gsub(/\\/, "\\\\"); gsub(/"/, "\\\"")
	printf "\t\"%s\\n\"\n", $0
}
END { print "\t\"\" },"
	print "};\nconst unsigned n_migrations = sizeof(migrations) / sizeof(migrations[0]);" }

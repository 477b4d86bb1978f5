def log = new File(basedir, 'build.log').text
assert log.contains('running (unknown) -> running (from snapshot)')
assert log.contains('NOT_STARTED: VIR_ERR_NO_DOMAIN_SNAPSHOT: ')
assert log =~ /Nulls\.kt:4:.*non-null type 'String'/
assert log =~ /Nulls\.kt:6:.*actual 'String\?'/
return true

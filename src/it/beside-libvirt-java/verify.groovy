String log = new File(basedir, 'build.log').text
assert log.contains('state according to libvirt-java: VIR_DOMAIN_RUNNING')
assert !log.contains('[WARNING]')
return true

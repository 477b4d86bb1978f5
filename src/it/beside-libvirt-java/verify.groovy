String log = new File(basedir, 'build.log').text
assert log.contains('libvirt-java says: VIR_DOMAIN_RUNNING')
assert !log.contains('[WARNING]')
return true

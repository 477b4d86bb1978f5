def run = { String... command ->
  def process = new ProcessBuilder(command).redirectErrorStream(true).start()
  def output = process.inputStream.text
  assert process.waitFor() == 0 : output
  output
}
def home = System.getProperty('java.home')
def image = "$basedir/target/image".toString()
run("$home/bin/jlink", '--module-path', "$basedir/target/jars", '--add-modules', 'user.lab',
    '--launcher', 'reset-lab=user.lab/user.lab.ResetLab', '--output', image)
def output = run("$image/bin/reset-lab")
assert output.contains('running (from snapshot)') : output
assert output.contains('NOT_STARTED: VIR_ERR_NO_DOMAIN_SNAPSHOT') : output
assert output.contains('clean: REVERTED') : output
assert output.readLines().last() == 'module io.github.libvirtsnapshot' : output
return true

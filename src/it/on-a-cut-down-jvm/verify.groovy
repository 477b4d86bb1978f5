def page = new File(basedir, '../../../docs/getting-started.md').text
def modules = (page =~ /jlink --add-modules ([a-z.,]+)/)[0][1]
def run = { List<String> command ->
  def process = new ProcessBuilder(command).redirectErrorStream(true).start()
  def output = process.inputStream.text
  assert process.waitFor() == 0 : output
  output
}
def home = System.getProperty('java.home')
def jvm = new File(basedir, 'target/jvm')
run(["$home/bin/jlink".toString(), '--add-modules', modules, '--output', jvm.path])
def jars = new File(basedir, 'target/jars').listFiles()*.path
assert !jars.any { it.contains('libvirt-0') }
def classPath = (jars + [new File(basedir, 'target/classes').path]).join(File.pathSeparator)
def output = run(["$jvm/bin/java".toString(), '-cp', classPath, 'QuickStart'])
assert output.contains('before: shut off (from snapshot)') : output
return true

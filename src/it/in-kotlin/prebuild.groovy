// The program of the page, with the domain of libvirt's test driver.
def page = new File(basedir, '../../../docs/getting-started.md').text
def program = (page =~ /(?s)The program in Kotlin, in any function:\n\n```kotlin\n(.*?)```/)[0][1]
program = program.replace('qemu:///system', 'test:///default').replace('"web01"', '"test"')
new File(basedir, 'src/main/kotlin/Documented.kt').text = """\
import io.github.libvirtsnapshot.Connect
import io.github.libvirtsnapshot.revert.SnapshotReverter

fun documentedProgram() {
$program}
"""
return true

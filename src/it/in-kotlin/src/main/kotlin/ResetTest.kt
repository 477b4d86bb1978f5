import io.github.libvirtsnapshot.Connect
import io.github.libvirtsnapshot.Domain
import io.github.libvirtsnapshot.revert.RevertException
import io.github.libvirtsnapshot.revert.SnapshotReverter

fun main() {
    Connect("test:///default").use { connect ->
        connect.domainLookupByName("test").use { domain ->
            domain.snapshotCreateXML("<domainsnapshot><name>clean-install</name></domainsnapshot>").close()
            documentedProgram()
            failingRevert(domain)
        }
    }
}

fun failingRevert(domain: Domain) {
    try {
        SnapshotReverter.of(domain).to("no such snapshot").paused().revert()
    } catch (e: RevertException) {
        // The compiler knows that libvirt's message can be null, and that the code can't.
        val message: String = e.error.message ?: "no message"
        println("${e.outcome()}: ${e.error.code.name}: $message")
    }
}

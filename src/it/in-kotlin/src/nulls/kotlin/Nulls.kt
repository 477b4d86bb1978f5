import io.github.libvirtsnapshot.Connect
import io.github.libvirtsnapshot.errors.LibvirtError

fun nullWhereNoneIsAllowed(connect: Connect) = connect.domainLookupByName(null)

fun nullableWhereNoneIsAllowed(error: LibvirtError): String = error.message

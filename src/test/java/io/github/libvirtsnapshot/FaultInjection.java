package io.github.libvirtsnapshot;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorLevel;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.jna.StreamPointer;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Set;

/** Shared code of the classes that wrap a libvirt and let calls fail. */
public final class FaultInjection {
  private static final Set<String> NEVER_FAILING =
      Set.of(
          "virGetLastError",
          "virConnectClose",
          "virDomainFree",
          "virDomainInterfaceFree",
          "virDomainSnapshotFree",
          "virDomainStatsRecordListFree",
          "virStoragePoolFree",
          "virStorageVolFree",
          "virStreamFree");
  private static final Set<String> WITHIN_THE_CLIENT =
      Set.of(
          "virConnectRef",
          "virDomainRef",
          "virDomainGetConnect",
          "virDomainGetName",
          "virDomainGetUUIDString",
          "virDomainGetID",
          "virDomainSnapshotGetName",
          "virStreamNew");
  private static final Set<String> GIVING_MANY =
      Set.of(
          "virConnectListAllDomains",
          "virDomainListAllSnapshots",
          "virDomainListGetStats",
          "virConnectGetAllDomainStats",
          "virDomainInterfaceAddresses",
          "virDomainRef",
          "virConnectRef",
          "virDomainGetConnect");

  private FaultInjection() {}

  /**
   * Returns whether a function can fail; reading the last error and releasing references cannot.
   */
  public static boolean canFail(String function) {
    return !NEVER_FAILING.contains(function);
  }

  /** Returns whether a function does not call the host. */
  public static boolean isWithinTheClient(String function) {
    return WITHIN_THE_CLIENT.contains(function);
  }

  /**
   * Returns whether a function returns references that nothing would release if its result was
   * ignored.
   */
  public static boolean givesMany(String function) {
    return GIVING_MANY.contains(function);
  }

  /** Returns the result of a function that fails. */
  public static Object failure(Method method) {
    return method.getReturnType() == int.class ? -1 : null;
  }

  /** Makes an error as libvirt reports it. */
  public static virError error(int code, int errorDomain, String message) {
    virError made = new virError();
    made.code = code;
    made.domain = errorDomain;
    made.level = ErrorLevel.VIR_ERR_ERROR.value();
    made.message = message;
    return made;
  }

  /** Returns the error of a lost connection. */
  public static virError connectionGone() {
    return error(
        ErrorNumber.VIR_ERR_SYSTEM_ERROR.value(), ErrorDomain.VIR_FROM_RPC.value(), "End of file");
  }

  /** Releases a reference that the caller does not receive. */
  public static void discard(LibvirtLibrary libvirt, Object result) {
    if (result instanceof DomainSnapshotPointer snapshot) {
      libvirt.virDomainSnapshotFree(snapshot);
    } else if (result instanceof DomainPointer domain) {
      libvirt.virDomainFree(domain);
    } else if (result instanceof ConnectPointer connect) {
      libvirt.virConnectClose(connect);
    } else if (result instanceof StoragePoolPointer pool) {
      libvirt.virStoragePoolFree(pool);
    } else if (result instanceof StorageVolPointer volume) {
      libvirt.virStorageVolFree(volume);
    } else if (result instanceof StreamPointer stream) {
      libvirt.virStreamFree(stream);
    } else if (result instanceof PointerType other) {
      throw new AssertionError(other);
    }
  }

  /** Calls a function, and throws its original exception. */
  public static Object call(LibvirtLibrary libvirt, Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(libvirt, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}

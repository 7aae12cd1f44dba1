import CKernels

/// The BLAS that this process is linked to, its kernel set, and what Keel did about it.
///
/// OpenBLAS holds several kernel sets ("cores") and chooses one when it is loaded. Version 0.3.21, as
/// Debian ships it, does not know some recent CPUs and chooses SSE3 kernels there, at a quarter of
/// the speed of the right ones. Before `main` Keel compares the choice with the CPU and lets a weaker
/// one be made again. The new kernels are checked against plain loops and given up on a mismatch.
/// Nothing is done if
/// - the choice is as good as the CPU, or cannot be judged;
/// - the environment has `OPENBLAS_CORETYPE`, even an empty one: who sets it knows why;
/// - the environment has `KEEL_BLAS_REPAIR=off`;
/// - the library is not an OpenBLAS with several kernel sets.
public struct BLASLibrary: Sendable, Hashable {
  /// Who made the library.
  public enum Vendor: String, Sendable, Hashable {
    /// OpenBLAS, of any version.
    case openBLAS = "OpenBLAS"
    /// Apple's Accelerate framework.
    case accelerate = "Accelerate"
    /// Anything else with the interface of CBLAS.
    case other = "another BLAS"
  }

  /// What became of the kernel set that the library chose.
  public enum Repair: Sendable, Hashable {
    /// The library does not tell its kernel set.
    case notApplicable
    /// The library has a single kernel set.
    case fixedKernels
    /// `OPENBLAS_CORETYPE` is set and respected.
    case userChoice
    /// The kernel set has a name that Keel does not know; it is left alone.
    case unknownCore
    /// The kernel set is as good as the CPU.
    case notNeeded
    /// The kernel set is weaker than the CPU and stays, because of `KEEL_BLAS_REPAIR=off`.
    case optedOut
    /// A weaker kernel set was replaced, and the new one passed the self-test.
    case repaired
    /// The library did not take the better kernel set; the one it chose is in use.
    case noEffect
    /// The better kernel set computed this routine wrongly; the one the library chose is in use.
    case wrongResults(routine: String)
  }

  /// Who made the library.
  public let vendor: Vendor
  /// The version, where the library tells it: `0.3.21`.
  public let version: String?
  /// The library's own line about how it was built.
  public let configuration: String?
  /// The kernel set that the library chose when it was loaded.
  public let coreBefore: String?
  /// The kernel set in use.
  public let coreInUse: String?
  /// The kernel set that the CPU deserves; the same as ``coreBefore`` if that is as good.
  public let coreDeserved: String?
  /// What became of the kernel set that the library chose.
  public let repair: Repair

  /// The library of this process, with the kernel set in use at this moment.
  public static var current: BLASLibrary {
    let status = keel_blas_get_status()
    let configuration = keel_blas_config().map { String(cString: $0) }
    return BLASLibrary(
      vendor: vendor(configuration: configuration),
      version: version(configuration: configuration),
      configuration: configuration,
      coreBefore: status.core_before.map { String(cString: $0) },
      coreInUse: status.core_now.map { String(cString: $0) },
      coreDeserved: status.deserved.map { String(cString: $0) },
      repair: Repair(status))
  }

  static func vendor(configuration: String?) -> Vendor {
    #if canImport(Darwin)
      return .accelerate
    #else
      return configuration == nil ? .other : .openBLAS
    #endif
  }

  /// The second word of "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...", if it starts with a digit:
  /// builds before 0.3.4 leave the version out.
  static func version(configuration: String?) -> String? {
    guard let words = configuration?.split(separator: " "), words.count > 1, words[0] == "OpenBLAS",
      words[1].first?.isWholeNumber == true
    else { return nil }
    return String(words[1])
  }
}

extension BLASLibrary.Repair {
  init(_ status: keel_blas_status) {
    switch Int(status.outcome) {
    case KEEL_BLAS_FIXED_KERNELS: self = .fixedKernels
    case KEEL_BLAS_USER_CHOICE: self = .userChoice
    case KEEL_BLAS_UNKNOWN_CORE: self = .unknownCore
    case KEEL_BLAS_ADEQUATE: self = .notNeeded
    case KEEL_BLAS_OPTED_OUT: self = .optedOut
    case KEEL_BLAS_REPAIRED: self = .repaired
    case KEEL_BLAS_NO_EFFECT: self = .noEffect
    case KEEL_BLAS_WRONG_RESULTS:
      self = .wrongResults(routine: status.failed.map { String(cString: $0) } ?? "a routine")
    default: self = .notApplicable
    }
  }
}

extension BLASLibrary: CustomStringConvertible {
  /// Name and version, as in `OpenBLAS 0.3.21`.
  public var description: String {
    ([vendor.rawValue, version] as [String?]).compactMap(\.self).joined(separator: " ")
  }

  /// The kernel set in use and what was done about it, as a sentence for people.
  public var repairSummary: String {
    let inUse = coreInUse ?? "unknown"
    let before = coreBefore ?? "unknown"
    let deserved = coreDeserved ?? "unknown"
    switch repair {
    case .notApplicable:
      return "\(self) does not tell which kernels it uses; nothing was changed."
    case .fixedKernels:
      return "\(self) was built with \(inUse) kernels only; nothing can be changed."
    case .userChoice:
      return "OPENBLAS_CORETYPE is set in the environment and respected: \(inUse) kernels."
    case .unknownCore:
      return "\(self) chose \(inUse) kernels, which Keel cannot rank; nothing was changed."
    case .notNeeded:
      return "\(self) chose \(before) kernels, which suit this CPU."
    case .optedOut:
      return "\(self) chose \(before) kernels where the CPU deserves \(deserved); "
        + "left so because of KEEL_BLAS_REPAIR=off."
    case .repaired:
      return "\(self) chose \(before) kernels where the CPU deserves \(deserved); "
        + "repaired, and the self-test passed."
    case .noEffect:
      return "\(self) chose \(before) kernels where the CPU deserves \(deserved), "
        + "and did not take those; nothing was changed."
    case .wrongResults(let routine):
      return "\(self) chose \(before) kernels where the CPU deserves \(deserved), but those compute "
        + "\(routine) wrongly here; changed back to \(inUse)."
    }
  }
}

/// The checks of mixed distributions: laws that are discrete and continuous at once.
///
/// What a law should be is written down once more, independently of how the library computes it: by enumeration of
/// faces, by quadrature of a defining integral, by recursions, by samples. Formulas of the literature and of published
/// programs that are wrong are listed as they stand, next to what stands in their place.
public enum MixedChecks {
  /// All checks, in the order in which they run.
  public static let all: [Check] = [
    // The law of largest entropy.
    laguerre, maximumEntropy, maximumEntropyBound, flatDensity, maximumEntropySamples,
    maximumEntropyPublished,
    // Laws on the interval.
    intervalEntropy, entropySamples, rectifiedSamplerPublished, rectifiedSampler, rectifiedEntropyPublished,
    rectifiedMassPublished,
    // Codes and information.
    quantizedEntropy, huffman, divergenceQuadrature, dataProcessing, divergenceSamples, mutualInformation,
    // Projections of normal scores.
    gaussianSparsemaxDensity, gaussianSparsemaxMass, gaussianSparsemaxFaces, logDensityPublished,
    // Hard Concrete on the simplex.
    simplexHardConcrete, simplexHardConcretePublished, simplexHardConcreteFaces,
    // Faces with one weight a vertex.
    gibbsEnumeration, gibbsProgramme, floatTablesPublished, gibbsSamples,
    // Derivatives.
    score, scoreShift, pathwise,
    // What laws become for extreme parameters.
    limitVertices, limitStretch, limitDeviation, limitTemperature,
  ]
}

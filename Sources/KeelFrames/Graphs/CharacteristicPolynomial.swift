extension Graph {
  /// The characteristic polynomial `det(x - A)` of the adjacency matrix, from the leading coefficient 1 down: equal for
  /// two graphs exactly if they have the same eigenvalues.
  ///
  /// - Complexity: O(n⁴) operations on whole numbers.
  /// - Precondition: at most ``GraphEnumeration/largestVertexCount`` vertices, so that the numbers fit.
  public var adjacencyPolynomial: [Int] {
    characteristicPolynomial { self[$0, $1] ? 1 : 0 }
  }

  /// The characteristic polynomial `det(x - L)` of the Laplacian, from the leading coefficient 1 down.
  ///
  /// - Complexity: O(n⁴) operations on whole numbers.
  /// - Precondition: at most ``GraphEnumeration/largestVertexCount`` vertices, so that the numbers fit.
  public var laplacianPolynomial: [Int] {
    let degrees = degrees
    return characteristicPolynomial { $0 == $1 ? degrees[$0] : self[$0, $1] ? -1 : 0 }
  }

  /// By the recursion of Faddeev and Leverrier: `M_1 = 1`, `c_k = -tr(A M_k)/k`, `M_(k+1) = A M_k + c_k`.
  ///
  /// All divisions are exact. Entries of `M_k` are sums of k-th order products of eigenvalues, which are at most n: for
  /// n = 10 below 1e9.
  private func characteristicPolynomial(_ entry: (Int, Int) -> Int) -> [Int] {
    let n = vertexCount
    precondition(n <= GraphEnumeration.largestVertexCount, "The coefficients of larger graphs may not fit")
    let matrix = (0..<(n * n)).map { entry($0 / n, $0 % n) }
    var power = Array(repeating: 0, count: n * n)
    var product = power
    var coefficients = [1]
    for k in 0..<n {
      for i in 0..<n { power[i &* n &+ i] += coefficients[k] }
      for i in 0..<n {
        for j in 0..<n {
          var sum = 0
          for l in 0..<n { sum &+= matrix[i &* n &+ l] &* power[l &* n &+ j] }
          product[i &* n &+ j] = sum
        }
      }
      let trace = (0..<n).reduce(0) { $0 + product[$1 * n + $1] }
      coefficients.append(-trace / (k + 1))
      swap(&power, &product)
    }
    return coefficients
  }
}

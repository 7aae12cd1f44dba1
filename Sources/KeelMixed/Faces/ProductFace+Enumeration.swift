extension ProductFace {
  /// All products of one face of each polytope, the last factor changing fastest.
  ///
  /// - Parameter faces: the faces of each polytope; none gives the one product without factors.
  /// - Complexity: as many products as the product of the counts.
  public static func all(_ faces: [some Sequence<Factor>]) -> [ProductFace] {
    faces.reduce([[]]) { products, factor in
      let choices = Array(factor)
      return products.flatMap { product in choices.map { product + [$0] } }
    }.map(ProductFace.init)
  }
}

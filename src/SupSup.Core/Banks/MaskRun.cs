namespace SupSup.Core.Banks;

/// <summary>What running one mask on one image gave.</summary>
/// <param name="Score">-∂(objective)/∂α of the mask, exact up to the rounding of single sums.</param>
/// <param name="Class">The largest of the real-class logits.</param>
/// <param name="Entropy">Entropy of softmax over all outputs, in nats.</param>
/// <param name="Evidence">What speaks for the image being of the mask's task, see <see cref="Inference.Evidence"/>.</param>
public readonly record struct MaskRun(double Score, int Class, double Entropy, double Evidence);

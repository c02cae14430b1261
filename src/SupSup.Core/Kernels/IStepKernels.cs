namespace SupSup.Core.Kernels;

/// <summary>
/// The loops of a training step. Widths and strides are in floats and multiples of 16; what lies between a layer's size
/// and its width is zero and stays zero. The order of additions does not depend on the width of the registers, nor on
/// how rows are spread over calls, so every processor computes the same bits.
/// </summary>
internal unsafe interface IStepKernels
{
    /// <summary>Lists what differs from the background in one row.</summary>
    /// <param name="row">Values [columns].</param>
    /// <param name="columns">How many.</param>
    /// <param name="background">The value left out.</param>
    /// <param name="entries">Receives columns and values minus background.</param>
    /// <returns>How many entries.</returns>
    int Sparsify(float* row, int columns, float background, SparseEntry* entries);

    /// <summary>values = max(0, values).</summary>
    /// <param name="values">[count].</param>
    /// <param name="count">A multiple of 16.</param>
    void Rectify(float* values, int count);

    /// <summary>Clears the gradients of units that were not active.</summary>
    /// <param name="outputs">Outputs after ReLU, [count].</param>
    /// <param name="gradients">Gated in place, [count].</param>
    /// <param name="count">A multiple of 16.</param>
    void Gate(float* outputs, float* gradients, int count);

    /// <summary>output[r] = initial + Σ value · matrix[index] over the entries of each row r.</summary>
    /// <param name="rows">Sparse rows.</param>
    /// <param name="from">First row.</param>
    /// <param name="to">Row after the last.</param>
    /// <param name="matrix">Dense rows [columns of the sparse matrix, width].</param>
    /// <param name="width">Their width.</param>
    /// <param name="initial">What row r starts from, at (r - from) · initialStride; null for zero. May be the output itself.</param>
    /// <param name="initialStride">Floats from one row's to the next's; 0 where all rows start from the same [width].</param>
    /// <param name="output">Receives row r at (r - from) · width.</param>
    void Multiply(SparseRows rows, int from, int to, float* matrix, int width, float* initial, int initialStride, float* output);

    /// <summary>output[r] = Σ_k left(r, k) · matrix[k].</summary>
    /// <param name="left">Element (r, k) lies at r · rowStride + k · stride.</param>
    /// <param name="rowStride">Floats from one row of the left side to the next.</param>
    /// <param name="stride">Floats from one element of a row to the next.</param>
    /// <param name="rows">Rows of the left side.</param>
    /// <param name="inner">Elements of a row, and rows of the matrix.</param>
    /// <param name="matrix">Rows [inner, width].</param>
    /// <param name="width">Their width.</param>
    /// <param name="output">Receives [rows, width].</param>
    void MultiplyDense(float* left, int rowStride, int stride, int rows, int inner, float* matrix, int width, float* output);

    /// <summary>Copies rows [rows, width] to columns of rows [columns, targetWidth].</summary>
    /// <param name="source">[rows, width].</param>
    /// <param name="rows">How many.</param>
    /// <param name="width">Their width.</param>
    /// <param name="columns">How many of each row's values to copy.</param>
    /// <param name="target">Receives value (r, c) at c · targetWidth + r.</param>
    /// <param name="targetWidth">Floats from one column to the next.</param>
    void Transpose(float* source, int rows, int width, int columns, float* target, int targetWidth);

    /// <summary>sum = Σ matrix[r].</summary>
    /// <param name="matrix">Rows [rows, width].</param>
    /// <param name="rows">How many.</param>
    /// <param name="width">Their width.</param>
    /// <param name="sum">Receives [width].</param>
    void SumRows(float* matrix, int rows, int width, float* sum);

    /// <summary>Cross-entropy of softmax and its gradient, (softmax - one-hot) · share.</summary>
    /// <param name="logits">[width], of which the first outputs count.</param>
    /// <param name="outputs">Number of logits.</param>
    /// <param name="width">Their width.</param>
    /// <param name="label">The class.</param>
    /// <param name="share">One over the number of rows of the batch.</param>
    /// <param name="gradient">Receives [width]; zero beyond the outputs.</param>
    /// <returns>-log softmax[label], in nats.</returns>
    double CrossEntropy(float* logits, int outputs, int width, int label, float share, float* gradient);
}

using SupSup.Core.Kernels;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>One operation of a graph over planes, with what it needs to run forward and back. Threads of a team share its parts.</summary>
/// <param name="input">What it takes.</param>
/// <param name="output">What it makes.</param>
internal abstract class PlaneOperation(PlaneValue input, PlaneValue output)
{
    public PlaneValue Input { get; } = input;

    public PlaneValue Output { get; } = output;

    /// <summary>What it takes beside that; null for nothing.</summary>
    public virtual PlaneValue? Beside => null;

    /// <summary>Whether the gradient of its input is added to what others put there, which come later in the graph.</summary>
    public bool AddsGradient { get; set; }

    /// <summary>The same of what it takes beside that.</summary>
    public bool AddsBeside { get; set; }

    protected static IPlaneKernels Kernels => PlaneKernelChoice.Best;

    /// <summary>Makes the output of the input.</summary>
    public abstract void Forward(PlaneBatch batch, ITeam team);

    /// <summary>Makes the gradients of input and weights of the output's; leaves the former where nothing asks for it.</summary>
    public abstract void Backward(PlaneBatch batch, ITeam team);
}

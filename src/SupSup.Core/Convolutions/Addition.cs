using SupSup.Core.Kernels;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>Adds two values, or takes one alone, and applies what follows.</summary>
internal sealed unsafe class Addition(PlaneValue input, PlaneValue? beside, PlaneValue output, PlaneActivation activation)
    : PlaneOperation(input, output)
{
    public override PlaneValue? Beside => beside;

    public override void Forward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes left, Planes to) = (Input.Data, Output.Data);
        for (int channel = 0; channel < left.Shape.Channels; channel++)
        {
            Kernels.Add(
                left.Run, left.At(block, channel), Right(block, channel), beside?.Data.Row ?? 0, activation, to.At(block, channel), to.Row);
        }
    });

    // Both sides have the gradient of the sum. One buffer serves both, unless the other side has one of its own already.
    public override void Backward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes to, Planes? other) = (Input.Gradient!, beside?.Gradient);
        if (other is not null && other != to && other != Output.Gradient) Backward(block, other, AddsBeside);
        if (activation != PlaneActivation.None || to != Output.Gradient) Backward(block, to, AddsGradient);
        if (other is not null && other != to && other == Output.Gradient) Backward(block, other, AddsBeside);
    });

    private void Backward(int block, Planes to, bool adds)
    {
        (Planes left, Planes above) = (Input.Data, Output.Gradient!);
        for (int channel = 0; channel < left.Shape.Channels; channel++)
        {
            Kernels.AddBack(
                left.Run, left.At(block, channel), Right(block, channel), beside?.Data.Row ?? 0, activation, above.At(block, channel),
                above.Row, adds, to.At(block, channel), to.Row);
        }
    }

    private float* Right(int block, int channel) => beside is null ? null : beside.Data.At(block, channel);
}

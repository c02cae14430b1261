namespace SupSup.Core.Banks;

/// <summary>An input of a layer that is not at the background.</summary>
/// <param name="Input">Which.</param>
/// <param name="Value">Its distance from the background.</param>
internal readonly record struct ScanInput(int Input, float Value)
{
    public double Energy => (double)Value * Value;
}

using System.ComponentModel.DataAnnotations;

namespace SupSup.Grains.Tasks;

/// <summary>What is kept of tasks.</summary>
public sealed class TaskOptions
{
    /// <summary>Hours for which the version of a task is kept that another took the place of; 0 keeps none. Default 168, a week.</summary>
    [Range(0.0, 1e6)]
    public double KeepVersionHours { get; set; } = 168;
}

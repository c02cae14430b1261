using SupSup.Core.Devices;

namespace SupSup.Experiments.Configuration;

/// <summary>What a run may use; its outcome is the same but for rounding.</summary>
/// <param name="Device">Where masks are trained: the processor or a GPU.</param>
/// <param name="DeviceTasks">Tasks that a GPU trains at once, at most.</param>
/// <param name="InGroups">Whether tasks are trained together on the processor, too, as on a GPU; what tests use.</param>
/// <param name="Masks">Folder of a run whose masks, learned with the same settings, are taken over instead of being learned again; null for
/// none.</param>
public sealed record RunResources(ComputeDevice Device, int DeviceTasks = 256, bool InGroups = false, string? Masks = null);

using SupSup.Core.Reservoirs;

namespace SupSup.Experiments.Capacity;

/// <summary>What a reservoir gives back of the masks that are stored in it.</summary>
/// <param name="Rule">How they were stored.</param>
/// <param name="Kept">Share of units that a mask keeps.</param>
/// <param name="Masks">How many were stored.</param>
/// <param name="Recovered">Share of the masks asked for that came back without any error.</param>
/// <param name="WrongUnits">Share of units that were wrong in what came back, the mean over the masks asked for.</param>
public sealed record CapacityPoint(StorageRule Rule, double Kept, int Masks, double Recovered, double WrongUnits);

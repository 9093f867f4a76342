namespace Lodger.Marketplace.Tenants;

/// <summary>Something that is by turns one way and the other, for lengths that are drawn when each begins.</summary>
internal sealed class Alternation
{
    private readonly Func<bool, TimeSpan> _length;

    public Alternation(DateTimeOffset start, bool isOn, Func<bool, TimeSpan> length)
    {
        _length = length;
        IsOn = isOn;
        ChangesAt = start + length(isOn);
    }

    public bool IsOn { get; private set; }

    public DateTimeOffset ChangesAt { get; private set; }

    public void Change()
    {
        IsOn = !IsOn;
        ChangesAt += _length(IsOn);
    }
}

namespace Lodger.Domain.Box;

/// <summary>Who made a directory of code, and so what may be asked which of its files are the code.</summary>
public enum CodeOrigin
{
    /// <summary>The user whose machine it is on: git is asked, and a copy that Lodger made for sending has a list of its files.</summary>
    Own,

    /// <summary>Somebody handed it over and Lodger unpacked it: the list that was made then. No program is run over it.</summary>
    HandedOver,

    /// <summary>It may have come from anywhere: what lies there, less what ignore files name. No program is run over it, and no list in it is read.</summary>
    Foreign,
}
